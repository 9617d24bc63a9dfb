package models

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ImportColumn says what becomes of a column of the file.
type ImportColumn struct {
	Name string `json:"name"`          // as the heading has it
	Use  string `json:"use"`           // a field of ImportFields, UseOwn or UseNone
	Own  string `json:"own,omitempty"` // the name of the user's own field
	Why  string `json:"why,omitempty"` // why it is left out, where that was not chosen by hand
}

// What can become of a column besides a field.
const (
	UseOwn  = "own"  // a field of the user's own, in the metadata
	UseNone = "none" // it is left out
)

// ImportFields are the fields of a user that a column can fill. metadata is JSON: an object with own fields.
var ImportFields = []string{"username", "email", "name", "age", "role", "metadata"}

// Why a column is left out.
const (
	whyPassword = "password" // passwords are never imported
	whyReason   = "reason"   // of the lines that an earlier import refused
	whyKept     = "kept"     // the site itself keeps it
	whyTwice    = "twice"    // another column is this field
	whyNameless = "nameless" // the heading has no name that can be kept
	whyTooMany  = "many"     // a user has no more own fields
)

// spellings are the names of columns, in small letters and digits alone, in the languages of many tables.
var spellings = map[string][]string{
	"username": strings.Fields(`username user userid login loginname nick nickname handle screenname accountname benutzername benutzer nutzername
		anmeldename nomdutilisateur utilisateur identifiant pseudo nombredeusuario usuario имяпользователя пользователь логин ник никнейм`),
	"email": strings.Fields(`email emailaddress mail mailaddress emailadresse mailadresse email1value primaryemail adressemail adresseemail
		adresseélectronique adresseelectronique courriel correo correoelectrónico correoelectronico почта элпочта электроннаяпочта
		адресэлектроннойпочты емейл имейл`),
	"name": strings.Fields(`name fullname displayname realname vollername vollständigername anzeigename nom nomcomplet nombre nombrecompleto
		имя полноеимя фио имяифамилия фамилияимя`),
	"age":       strings.Fields(`age alter âge edad возраст лет`),
	"role":      strings.Fields(`role rolle rôle rol роль`),
	"metadata":  {"metadata"},
	whyPassword: strings.Fields(`password passwd pass pwd passwordhash passwort kennwort motdepasse mdp contraseña contrasena clave пароль хешпароля`),
	whyReason:   {"reason"},
}

// siteColumns are columns of the site's own export that no import writes. Those that other tables may well have, with another
// meaning, count only beside one that they have not.
var (
	siteColumns   = strings.Fields("id is_active credits post_count last_post_at last_seen_at created_at updated_at suspended_until contacted_at")
	siteNextToOur = strings.Fields("state about language time_zone")
)

// matchColumns decides by the names of the columns what becomes of each.
func matchColumns(heading []string) []ImportColumn {
	columns := make([]ImportColumn, len(heading))
	ours := slices.ContainsFunc(heading, func(name string) bool {
		return name != "id" && slices.Contains(siteColumns, name) || name == "metadata" || strings.HasPrefix(name, "meta.")
	})
	own := 0
	for i, name := range heading {
		columns[i] = matchColumn(name, ours)
		taken := slices.ContainsFunc(columns[:i], func(c ImportColumn) bool {
			return c.Use == columns[i].Use && c.Own == columns[i].Own && c.Use != UseNone
		})
		switch {
		case taken:
			columns[i] = ImportColumn{Name: columns[i].Name, Use: UseNone, Why: whyTwice}
		case columns[i].Use == UseOwn && own == maxMetadata:
			columns[i] = ImportColumn{Name: columns[i].Name, Use: UseNone, Why: whyTooMany}
		case columns[i].Use == UseOwn:
			own++
		}
	}
	return columns
}

func matchColumn(name string, ours bool) ImportColumn {
	if own, is := strings.CutPrefix(name, "meta."); is && fieldName(own) {
		return ImportColumn{Name: tidyHeading(name), Use: UseOwn, Own: own}
	}
	column := ImportColumn{Name: tidyHeading(name), Use: UseNone}
	if slices.Contains(siteColumns, name) || ours && slices.Contains(siteNextToOur, name) {
		column.Why = whyKept
		return column
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	for use, names := range spellings {
		if slices.Contains(names, plain) {
			if use == whyPassword || use == whyReason {
				column.Why = use
			} else {
				column.Use = use
			}
			return column
		}
	}
	if !fieldName(column.Name) {
		column.Why = whyNameless
		return column
	}
	column.Use, column.Own = UseOwn, column.Name
	return column
}

// tidyHeading makes a name of a column one line that can be shown.
func tidyHeading(name string) string {
	name = strings.Map(func(r rune) rune {
		if !printable(string(r)) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, line(name))
	if utf8.RuneCountInString(name) > 100 {
		name = string([]rune(name)[:99]) + "…"
	}
	return name
}

// fieldName reports whether a user's own field can have the name.
func fieldName(name string) bool {
	return name != "" && utf8.RuneCountInString(name) <= maxMetadataName && printable(name)
}

// checkColumns checks what was chosen by hand, and returns what is wrong by the place of the column, as "column 3".
func checkColumns(columns []ImportColumn) error {
	v := Invalid{}
	seen := map[ImportColumn]int{}
	own := 0
	for i, column := range columns {
		field := "column " + formatID(int64(i+1))
		column.Own = strings.TrimSpace(column.Own)
		use := ImportColumn{Use: column.Use}
		switch {
		case column.Use == UseNone:
			continue
		case matchColumn(column.Name, false).Why == whyPassword:
			v[field] = sayPasswordColumn
			continue
		case column.Use == UseOwn && !fieldName(column.Own):
			v[field] = Say("A field needs a name of at most %d characters.", maxMetadataName)
			continue
		case column.Use == UseOwn:
			use.Own = column.Own
			if own++; own > maxMetadata {
				v[field] = Say("There are %d fields, and %d are the most.", own, maxMetadata)
			}
		case !slices.Contains(ImportFields, column.Use):
			v[field] = Say("There is no such field.")
			continue
		}
		if first, twice := seen[use]; twice {
			v[field] = Say("Column %d is this field already.", first)
		} else {
			seen[use] = i + 1
		}
	}
	if !hasKey(columns) && len(v) == 0 {
		v["columns"] = sayNoKey
	}
	return v.Or()
}

// hasKey reports whether the columns tell who each line is about.
func hasKey(columns []ImportColumn) bool {
	return slices.ContainsFunc(columns, func(c ImportColumn) bool { return c.Use == "username" || c.Use == "email" })
}
