package tokens

import (
	"errors"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// errRefreshRefused means that Webex rejected a refresh token that the user typed.
var errRefreshRefused = errors.New("refresh token rejected by Webex")

// orgErrorWords describes an error with an organization's tokens, and what to do.
func orgErrorWords(err error, name string) (first, second string) {
	switch {
	case errors.Is(err, errRefreshRefused):
		return "Webex rejected this refresh token of " + name + ".", "Nothing was saved. Copy a new one from the developer portal, or add the organization again and press enter without a token to fetch one."
	case errors.Is(err, webex.ErrOrgNotAuthorized):
		return name + " has not authorized this Service App (403).", "A Full Admin of that organization must do it: " + webex.PageServiceApps + " > the app > Authorize. Your login must own the app and have " + webex.ScopeApplicationsToken + ". The saved tokens are unchanged."
	case errors.Is(err, webex.ErrForbidden):
		return "This login cannot fetch tokens of Service Apps.", "It lacks the scope " + webex.ScopeApplicationsToken + ": add it to the integration, then log in again with it."
	case errors.Is(err, webex.ErrWrongClient):
		return "Webex rejected the Service App's client id and secret.", "A new secret in the portal invalidates the old one: check that this is the newest. The saved tokens are unchanged."
	case errors.Is(err, webex.ErrOrgUnknown):
		return "Webex has no organization " + name + ".", "Check the id. Nothing was saved."
	case errors.Is(err, webex.ErrNotLoggedIn):
		return "No login can fetch the tokens of " + name + ".", app.Sentence(err) + ". Log in with the scope " + webex.ScopeApplicationsToken + "."
	}
	return "Not done for " + name + ".", app.Sentence(err)
}
