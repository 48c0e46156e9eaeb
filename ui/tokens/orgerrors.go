package tokens

import (
	"errors"

	"github.com/wxauth/wxauth/internal/app"
	"github.com/wxauth/wxauth/webex"
)

// errRefreshRefused: Webex does not accept a refresh token that was typed.
var errRefreshRefused = errors.New("the refresh token is refused")

// orgErrorWords says what stands in the way of an organization's tokens, and what to do.
func orgErrorWords(err error, name string) (first, second string) {
	switch {
	case errors.Is(err, errRefreshRefused):
		return "Webex does not accept this refresh token of " + name + ".", "Nothing was stored. Take a fresh one from the developer portal; or add it again: enter alone asks Webex with the login."
	case errors.Is(err, webex.ErrOrgNotAuthorized):
		return name + " has not authorized this Service App (403).", "A Full Admin of that organization does it: " + webex.PageServiceApps + " > the app > Authorize. The login that fetches needs " + webex.ScopeApplicationsToken + " and must own the app. What is stored is kept."
	case errors.Is(err, webex.ErrForbidden):
		return "This login may not fetch the tokens of Service Apps.", "It lacks the scope " + webex.ScopeApplicationsToken + ": tick it on the integration, then log in again and ask for it."
	case errors.Is(err, webex.ErrWrongClient):
		return "Webex does not accept the Service App's client id and secret.", "The portal shows a secret once; making a new one ends the old. Is this the newest? What is stored is kept."
	case errors.Is(err, webex.ErrOrgUnknown):
		return "Webex knows no organization " + name + ".", "Check the id. Nothing was stored."
	case errors.Is(err, webex.ErrNotLoggedIn):
		return "No login can fetch the tokens of " + name + ".", app.Sentence(err) + ". Log in, and ask for " + webex.ScopeApplicationsToken + "."
	}
	return "Not done for " + name + ".", app.Sentence(err)
}
