package ui

import (
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/ui/tokens"
)

// Account is what the dashboard needs of the profile's login.
type Account interface {
	tokens.Account
	login.Account
	// Service calls Webex with the login.
	Service() Service
}

// Orgs is what the dashboard needs of the organizations of a Service App.
type Orgs = tokens.Orgs
