# bnexp on Debian. How to build and use it: docs/containers.md. bnexp.def does the same for Apptainer.
FROM debian:bookworm-slim AS build
ARG PIP_INDEX_URL
ARG NPM_CONFIG_REGISTRY
COPY . /src
RUN /src/scripts/container

FROM debian:bookworm-slim
COPY --from=build /usr/local /usr/local
RUN apt-get update \
 && xargs apt-get install -y --no-install-recommends < /usr/local/share/bnexp/packages \
 && rm -rf /var/lib/apt/lists/* \
 && bnexp --version
WORKDIR /work
ENTRYPOINT ["bnexp"]
