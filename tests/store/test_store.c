/* What every backend of the store must do. The backend is READALIKE_PG_URL's, else SQLite. */
#include "scratch.h"
#include "suite.h"

unsigned scratch_n_schemas;

int main(void)
{
    int n_failed = run_load_tests();
    n_failed += run_catalogue_tests();
    n_failed += run_rating_tests();
    n_failed += run_migrate_tests();
    n_failed += run_trouble_tests();
    return n_failed ? 1 : 0;
}
