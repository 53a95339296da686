#ifndef READALIKE_TESTS_STORE_SUITE_H
#define READALIKE_TESTS_STORE_SUITE_H

/* The groups of the conformance suite, a file each; each returns how many of its tests failed. */
int run_load_tests(void);
int run_catalogue_tests(void);
int run_rating_tests(void);
int run_migrate_tests(void);
int run_trouble_tests(void);

#define ON_A_STORE(test) cmocka_unit_test_setup_teardown(test, scratch_open, scratch_close)

#endif
