FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
ARG GOPROXY
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION COMMIT
# nomsgpack leaves a codec of Gin's out that nothing here speaks.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -tags nomsgpack \
    -ldflags "-s -w -X postroom/controllers/commands.version=$VERSION -X postroom/controllers/commands.commit=$COMMIT" \
    -o /postroom .

# Time zones are in the program; it writes no file. DATABASE_URL must be set: there is no PostgreSQL in here.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /postroom /postroom
ENV LISTEN_ADDR=:8080 LOG_FORMAT=json
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=2m --retries=3 CMD ["/postroom", "healthcheck"]
ENTRYPOINT ["/postroom"]
