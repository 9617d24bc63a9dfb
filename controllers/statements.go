package controllers

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/shopspring/decimal"

	"postroom/models"
)

// Statements is where users read what came into their account and went out of it, and admins what did for others.
type Statements struct{ *App }

// entriesAPage is how many entries a page of a statement lists.
const entriesAPage = 100

// statementPage is a month of a statement, as its page shows it.
type statementPage struct {
	*models.Statement
	Path           string // of the statement, without query
	Month          string // such as 2026-11
	From           time.Time
	Earlier, Later string // addresses of the nearest months with entries; empty: none
	Next           string
	First          bool // it begins with the newest of the month
	At             string
	Balance        *decimal.Decimal // at the end of At; nil: not asked for, or not a date
	Base           string           // where the receipts are
}

// Show shows a month of one's own statement.
func (s Statements) Show(c *gin.Context) error {
	page, err := s.page(c, me(c).ID, "/credits/statement")
	return s.answer(c, page, err, "statements/show", H{"Title": models.Say("Statement"), "Place": "credits"})
}

// File is one's own statement as CSV: a month, or all of it.
func (s Statements) File(c *gin.Context) error { return s.file(c, me(c).ID, "statement") }

// AdminShow shows a month of a user's statement to an admin.
func (s Statements) AdminShow(c *gin.Context) error {
	user, err := s.adminUser(c)
	if err != nil {
		return err
	}
	page, err := s.page(c, user.ID, adminPath(user)+"/statement")
	if page != nil {
		page.Base = "/admin/transfers/"
	}
	return s.answer(c, page, err, "admin_statements/show", H{"Title": models.Say("Statement of %s", user.Name), "Place": "admin", "Rail": "users", "User": user, "Path": adminPath(user)})
}

// AdminFile is a user's statement as CSV.
func (s Statements) AdminFile(c *gin.Context) error {
	user, err := s.adminUser(c)
	if err != nil {
		return err
	}
	return s.file(c, user.ID, "statement-"+user.Username)
}

func (s Statements) answer(c *gin.Context, page *statementPage, err error, window string, values H) error {
	invalid, status := s.problems(err)
	if err != nil && (invalid == nil || page == nil) {
		return err
	}
	if err == nil {
		status = http.StatusOK
	}
	values["S"], values["Errors"], values["Form"] = page, invalid, map[string]string{"at": page.At}
	values["Kind"] = transferKind
	return s.show(c, status, window, values)
}

// page reads the month and the date of the address. The page is worth showing beside an Invalid too.
func (s Statements) page(c *gin.Context, userID int64, path string) (*statementPage, error) {
	ctx, now, zone := c.Request.Context(), time.Now(), me(c).Location(s.Zone)
	from, to, err := month(c.Query("month"), now, zone)
	if err != nil {
		return nil, err
	}
	after, err := models.ParsePostKey(c.Query("after"))
	if err != nil {
		return nil, err
	}
	statement, err := s.Store.Statement(ctx, me(c), models.StatementOf{UserID: userID, From: from, To: to, After: after, Limit: entriesAPage})
	if err != nil {
		return nil, err
	}
	p := &statementPage{Statement: statement, Path: path, Base: "/transfers/", Month: from.Format("2006-01"), From: from, First: after.ID == 0, At: c.Query("at")}
	p.Next = nextAddress(path, statement, url.Values{"month": {p.Month}})
	if statement.Earlier != nil {
		p.Earlier = path + "?month=" + statement.Earlier.In(zone).Format("2006-01")
	}
	if statement.Later != nil {
		p.Later = path + "?month=" + statement.Later.In(zone).Format("2006-01")
	}
	if p.At == "" {
		return p, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, p.At, zone)
	if err != nil || day.Year() < 1 {
		return p, models.Invalid{"at": models.Say("A day looks like 2026-11-21.")}
	}
	balance, err := s.Store.Balance(ctx, me(c), userID, day.AddDate(0, 0, 1))
	p.Balance = &balance
	return p, err
}

func (s Statements) file(c *gin.Context, userID int64, name string) error {
	of := models.StatementOf{UserID: userID}
	if asked := c.Query("month"); asked != "" {
		var err error
		if of.From, of.To, err = month(asked, time.Now(), me(c).Location(s.Zone)); err != nil {
			return err
		}
		name += "-" + asked
	}
	return s.download(c, name+".csv", exportKinds[models.ExportCSV], func(ctx context.Context, w io.Writer) error {
		return s.Store.ExportStatement(ctx, me(c), of, w)
	})
}

// month reads a month such as 2026-11 of the zone; empty is the one that now is in.
func month(text string, now time.Time, zone *time.Location) (from, to time.Time, err error) {
	if text == "" {
		text = now.In(zone).Format("2006-01")
	}
	from, err = time.ParseInLocation("2006-01", text, zone)
	if err != nil || from.Year() < 1 || from.Year() > 9998 {
		return from, to, models.Invalid{"month": models.Say("A month looks like 2026-11.")}
	}
	return from, from.AddDate(0, 1, 0), nil
}
