# The subcommands in a container that holds nothing else; docs/releasing.md says how to use it.
# The patch of Go is that of .goreleaser.yaml: the binary is the one of the release.
FROM --platform=$BUILDPLATFORM golang:1.26.11-bookworm AS build
ARG TARGETOS TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
# With .git: the version is what Go finds there.
COPY . .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=true -ldflags="-s -w" -o /out/wxauth .
# A volume takes over the owner and the mode that the folder has in the image, and wxauth
# wants its folders for itself alone.
RUN install -d -m 0700 /out/data /out/data/config /out/data/share /out/data/state

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/LICENSE /LICENSE
COPY --from=build /out/wxauth /wxauth
COPY --from=build --chown=65532:65532 /out/data /data
ENV HOME=/data \
    XDG_CONFIG_HOME=/data/config \
    XDG_DATA_HOME=/data/share \
    XDG_STATE_HOME=/data/state
# A number: there is no /etc/passwd here, and Kubernetes asks for one (runAsNonRoot).
USER 65532:65532
VOLUME /data
WORKDIR /data
ENTRYPOINT ["/wxauth"]
