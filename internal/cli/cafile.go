package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/wxauth/wxauth/webex"
)

const maxCAFile = 4 << 20

// trusting is the option that trusts a file's certificate authorities. A file that cannot be
// used makes every call fail before anything is sent.
func trusting(path string) webex.Option {
	roots, err := rootCAs(path)
	if err != nil {
		return webex.WithDialContext(func(context.Context, string, string) (net.Conn, error) {
			return nil, usageError{err, codeConfig}
		})
	}
	return webex.WithRootCAs(roots)
}

// rootCAs returns the system's certificate authorities and those of a PEM file, for a
// network whose proxy opens TLS with an authority of its own.
func rootCAs(path string) (*x509.CertPool, error) {
	pem, err := readCAFile(path)
	if err != nil {
		return nil, fmt.Errorf("read certificate authorities: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read certificate authorities: %s holds no certificate in PEM (a block that begins with -----BEGIN CERTIFICATE-----)", path)
	}
	return pool, nil
}

func readCAFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pem, err := io.ReadAll(io.LimitReader(f, maxCAFile+1))
	if err == nil && len(pem) > maxCAFile {
		err = errors.New(path + " is larger than 4 MiB: it is no list of certificates")
	}
	return pem, err
}
