package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/internal/output"
)

// shell is the shell whose quoting rules a copied command uses.
func shell() app.Shell {
	if runtime.GOOS == "windows" {
		return app.PowerShell
	}
	return app.POSIX
}

// export writes rows to a new file in the current directory, readable only by its owner.
func export(what, format string, rows any) (string, error) {
	name := fmt.Sprintf("wxauth-%s-%s", what, time.Now().UTC().Format("20060102T150405Z"))
	for n := 1; ; n++ {
		path := name + "." + format
		if n > 1 {
			path = fmt.Sprintf("%s-%d.%s", name, n, format)
		}
		if abs, aerr := filepath.Abs(path); aerr == nil {
			path = abs
		}
		err := writeNew(path, func(f *os.File) error { return writeRows(f, format, rows) })
		if errors.Is(err, os.ErrExist) && n < 100 {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("write export %s: %w", path, err)
		}
		return path, nil
	}
}

func writeRows(f *os.File, format string, rows any) error {
	if format == "csv" {
		return output.WriteCSV(f, rows)
	}
	text, err := app.MarshalJSON(rows)
	if err == nil {
		_, err = f.Write(append(text, '\n'))
	}
	return err
}
