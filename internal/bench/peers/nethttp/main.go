// Nethttp is the floor of a program that speaks HTTP: it imports net/http and ends.
package main

import (
	"fmt"
	"net/http"
)

func main() { fmt.Println(http.MethodGet) }
