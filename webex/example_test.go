package webex_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wxauth/wxauth/webex"
	"github.com/wxauth/wxauth/webex/webextest"
)

func ExampleClient_Authorizations() {
	srv := webextest.NewServer() // a real program uses Webex itself, the default
	defer srv.Close()
	jane := srv.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@example.com"})
	srv.Grant(jane, srv.AddApp("Meeting Sync"), time.Now().Add(-30*24*time.Hour))

	token := webex.StaticToken(webex.NewSecret(srv.AdminToken()))
	c := webex.New(token, webex.WithBaseURL(srv.URL+"/v1"))
	rows, err := c.Authorizations(context.Background(), webex.ByEmail("jane@example.com"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range rows {
		left := webex.Left(row, rows, webex.Policy{}, time.Now())
		fmt.Printf("%s %s: %.0f days left, %s\n", row.ApplicationName, row.Type, left.In(time.Now()).Hours()/24, left.Basis)
	}
	// Output: Meeting Sync refresh: 60 days left, assumed
}

func ExampleClient_DeleteAuthorization() {
	srv := webextest.NewServer()
	defer srv.Close()
	c := webex.New(webex.StaticToken(webex.NewSecret(srv.AdminToken())), webex.WithBaseURL(srv.URL+"/v1"))
	err := c.DeleteAuthorization(context.Background(), "Y2lzY28")
	var e *webex.Error
	switch {
	case err == nil:
		fmt.Println("accepted: list again to verify that it is gone")
	case errors.Is(err, webex.ErrNotFound):
		fmt.Println("there is no such authorization")
	case errors.As(err, &e) && e.MayHaveHappened():
		fmt.Println("no response: list again to verify")
	default:
		fmt.Println("refused:", err)
	}
	// Output: there is no such authorization
}

func ExampleClient_People() {
	srv := webextest.NewServer()
	defer srv.Close()
	srv.AddPerson(webextest.Person{Name: "Jane Doe", Email: "jane@example.com"})
	c := webex.New(webex.StaticToken(webex.NewSecret(srv.AdminToken())), webex.WithBaseURL(srv.URL+"/v1"))
	for p, err := range c.People(context.Background(), webex.PeopleQuery{DisplayName: "Ja"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.DisplayName, p.Email())
	}
	// Output: Jane Doe jane@example.com
}

func ExampleClean() {
	fmt.Println(webex.Clean("Invoice\u202etxt.exe"))
	fmt.Println(webex.Clean("株式会社さくら商事"))
	// Output:
	// Invoice\u202etxt.exe
	// 株式会社さくら商事
}
