# The service in two stages: what compiles it stays behind. Runs as a plain user on a read-only root;
# only /var/lib/readalike is written to.
#
#   docker build -t readalike .
#   docker run --rm -p 8080:8080 -v readalike:/var/lib/readalike readalike serve

FROM debian:bookworm-slim AS build
COPY scripts/packages.sh /src/scripts/packages.sh
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      $(bash /src/scripts/packages.sh --print build) \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
COPY . /src
WORKDIR /src
RUN meson setup build --prefix=/usr --buildtype=release -Dtests=false \
 && ninja -C build \
 && DESTDIR=/out meson install -C build --no-rebuild

FROM debian:bookworm-slim
COPY scripts/packages.sh /tmp/packages.sh
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      $(bash /tmp/packages.sh --print runtime) \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/* /tmp/packages.sh \
 && useradd --system --uid 10001 --home-dir /var/lib/readalike --create-home readalike
COPY --from=build /out/usr/bin/readalike /usr/bin/readalike
COPY config/readalike.conf /etc/readalike/readalike.conf
ENV READALIKE_HTTP_ADDRESS=0.0.0.0 \
    READALIKE_HTTP_DRAIN_MS=5000 \
    READALIKE_MODELS_DIR=/var/lib/readalike/models \
    READALIKE_STORE_URL=sqlite:/var/lib/readalike/readalike.db
USER 10001:10001
WORKDIR /var/lib/readalike
VOLUME /var/lib/readalike
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=2s --start-period=5s CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q 200"]
ENTRYPOINT ["readalike"]
CMD ["serve"]
