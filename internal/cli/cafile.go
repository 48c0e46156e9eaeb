package cli

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/wxauth/wxauth/internal/session"
	"github.com/wxauth/wxauth/webex"
)

const maxCAFile = 4 << 20

// trusting returns the client option that trusts the CA certificates of a file. If the file is
// unusable, every call fails before anything is sent.
func trusting(path string) webex.Option {
	roots, err := rootCAs(path)
	if err != nil {
		return webex.WithDialContext(func(context.Context, string, string) (net.Conn, error) {
			return nil, session.ConfigError(fmt.Errorf("%w: %w", webex.ErrInvalidInput, err))
		})
	}
	return webex.WithRootCAs(roots)
}

// rootCAs returns the system's CA certificates and those of a file in PEM or DER format, for
// networks with a TLS-intercepting proxy.
func rootCAs(path string) (*x509.CertPool, error) {
	data, err := readCAFile(path)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificate authorities: %w", err)
	}
	if certs, err := x509.ParseCertificates(data); err == nil && len(certs) > 0 { // DER
		for _, cert := range certs {
			pool.AddCert(cert)
		}
		return pool, nil
	}
	text, err := decodeText(data) // a byte order mark would hide the first PEM block
	if err != nil || !pool.AppendCertsFromPEM([]byte(text)) {
		what := "no certificate in PEM (a block that begins with -----BEGIN CERTIFICATE-----) or DER"
		if block, _ := pem.Decode([]byte(text)); err == nil && block != nil && block.Type != "CERTIFICATE" {
			what += ", but a block of type " + string(webex.Clean(webex.Untrusted(block.Type)))
		}
		return nil, fmt.Errorf("the CA file %s holds %s", path, what)
	}
	return pool, nil
}

func readCAFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(path, "~"):
		return nil, fmt.Errorf("the CA file %s does not exist: ~ is not expanded here, use the full path", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the CA file %s does not exist: check --ca-file, and ca_file in the configuration", path)
	case err != nil:
		return nil, fmt.Errorf("read the CA file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCAFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the CA file: %w", err)
	case len(data) > maxCAFile:
		return nil, fmt.Errorf("the CA file %s is larger than 4 MiB, so it is not a list of certificates", path)
	}
	return data, nil
}
