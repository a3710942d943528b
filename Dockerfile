# docker build -t ashlar .
FROM debian:12 AS build
WORKDIR /source
COPY scripts/install-packages.sh scripts/
RUN scripts/install-packages.sh build
COPY . .
RUN scripts/build.sh release -DASHLAR_TESTS=OFF -DASHLAR_BENCH=OFF ashlar && strip build/release/ashlar

FROM debian:12-slim
RUN apt-get -qq update \
 && apt-get install -y -qq --no-install-recommends \
      ca-certificates tzdata \
      libboost-json1.81.0 libboost-url1.81.0 libpq5 libsqlite3-0 libmariadb3 libhiredis0.14 libargon2-1 libssl3 \
      libcurl4 libyaml-cpp0.7 libfmt9 libspdlog1.10 zlib1g libbrotli1 libzstd1 libarchive13 libldap-2.5-0 libxmlsec1-openssl \
      libvips42 libexiv2-27 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1000 --home-dir /ashlar --no-create-home ashlar \
 && mkdir -p /ashlar/database /ashlar/uploads /ashlar/extensions /ashlar/temporary \
 && chown -R ashlar /ashlar
COPY --from=build /source/build/release/ashlar /usr/local/bin/ashlar

USER ashlar
WORKDIR /ashlar
# Enough to try it out; a real installation sets another database, see docker-compose.yml.
ENV DB_CLIENT=sqlite3 \
    DB_FILENAME=/ashlar/database/database.sqlite \
    STORAGE_LOCAL_ROOT=/ashlar/uploads \
    EXTENSIONS_PATH=/ashlar/extensions \
    TEMP_PATH=/ashlar/temporary
VOLUME ["/ashlar/database", "/ashlar/uploads", "/ashlar/extensions"]
EXPOSE 8055
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["ashlar", "ping"]
CMD ["sh", "-c", "ashlar bootstrap && exec ashlar start"]
