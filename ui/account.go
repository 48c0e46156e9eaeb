package ui

import (
	"github.com/wxauth/wxauth/ui/login"
	"github.com/wxauth/wxauth/ui/tokens"
)

// Account is the part of the profile's login that the dashboard uses.
type Account interface {
	tokens.Account
	login.Account
	// Service returns a service that calls Webex with the login.
	Service() Service
}

// Orgs is the part of a Service App's organizations that the dashboard uses.
type Orgs = tokens.Orgs
