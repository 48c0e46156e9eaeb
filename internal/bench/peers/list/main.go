// List is the least that a client of the authorizations list can be: it streams the reply
// of the server through the parser that wxauth uses and writes the rows as JSON, with no
// time left, no check and no hint.
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type row struct {
	ID              string `json:"id"`
	ApplicationID   string `json:"applicationId"`
	ApplicationName string `json:"applicationName"`
	ClientID        string `json:"clientId"`
	PersonID        string `json:"personId"`
	Created         string `json:"created"`
	Type            string `json:"type"`
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(url string) error {
	req, err := http.NewRequest(http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("WEBEX_ACCESS_TOKEN"))
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	dec := jsontext.NewDecoder(resp.Body)
	for range 3 { // {, "items", [
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	enc := jsontext.NewEncoder(out)
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		var r row
		if err := json.UnmarshalDecode(dec, &r); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, &r); err != nil {
			return err
		}
	}
	if err := enc.WriteToken(jsontext.EndArray); err != nil {
		return err
	}
	return out.Flush()
}
