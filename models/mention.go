package models

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxMentions is how many times a text can name users: the rest stay words, and tell nobody.
const maxMentions = 50

// A mention is an at sign and a user name that stand by themselves: not within a word, an address or a path.
var (
	mentionForm  = regexp.MustCompile(`(?:^|[^\p{L}\p{N}_@./:+-])(@[A-Za-z0-9_-]{3,50})`)
	mentionAfter = regexp.MustCompile(`^(?:[\p{L}\p{N}_@]|\.[A-Za-z0-9])`)
	// mentionLink is what mention makes, as the page has it.
	mentionLink = regexp.MustCompile(`<a href="/users/([A-Za-z0-9_-]{3,50})" class="mention"( rel="nofollow")?>(@[A-Za-z0-9_-]{3,50})</a>`)
)

// unmentioning are elements in which a name is no mention: what is quoted as it is typed, and what does something by a click.
var unmentioning = map[atom.Atom]bool{atom.A: true, atom.Code: true, atom.Pre: true, atom.Kbd: true, atom.Samp: true, atom.Var: true, atom.Summary: true, atom.Label: true}

// mention makes links of the user names in a piece of text, whoever has them: Store.Render sees who is there.
func (f *furnisher) mention(node *nethtml.Node) {
	if !strings.Contains(node.Data, "@") || f.mentions == maxMentions {
		return
	}
	for up := node.Parent; up != nil; up = up.Parent {
		if unmentioning[up.DataAtom] {
			return
		}
	}
	text, done := node.Data, 0
	add := func(made *nethtml.Node) { node.Parent.InsertBefore(made, node) }
	for _, at := range mentionForm.FindAllStringSubmatchIndex(text, -1) {
		name := text[at[2]:at[3]]
		if f.mentions == maxMentions || mentionAfter.MatchString(text[at[3]:]) {
			continue
		}
		f.mentions++
		add(&nethtml.Node{Type: nethtml.TextNode, Data: text[done:at[2]]})
		link := &nethtml.Node{Type: nethtml.ElementNode, Data: "a", DataAtom: atom.A,
			Attr: []nethtml.Attribute{{Key: "href", Val: "/users/" + name[1:]}, {Key: "class", Val: "mention"}}}
		link.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: name})
		add(link)
		done = at[3]
	}
	node.Data = text[done:]
}

// Render is Render for a text whose page shows these files, with links to the users whom the text names. Names that nobody has stay words.
func (s *Store) Render(ctx context.Context, source string, files Files) (Rendered, error) {
	made, err := render(source, files)
	if err == nil {
		made.HTML, made.Mentions, err = s.knowMentions(ctx, made.HTML)
	}
	return made, err
}

// knowMentions leaves of the links of mention those that lead to a user, by whatever name, under the name that they have now, and returns who they
// are.
func (s *Store) knowMentions(ctx context.Context, html string) (known string, ids []int64, err error) {
	links := mentionLink.FindAllStringSubmatch(html, -1)
	if len(links) == 0 {
		return html, nil, nil
	}
	names := make([]string, len(links))
	for i, link := range links {
		names[i] = strings.ToLower(link[1])
	}
	rows, err := s.pool.Query(ctx, `select id, username, lower(username) from users where lower(username) = any($1)
		union all select u.id, u.username, k.username from user_names k join users u on u.id = k.user_id where k.username = any($1) order by id`, names)
	if err != nil {
		return "", nil, Explain(err)
	}
	users := map[string]string{}
	var id int64
	var username, named string
	if _, err = pgx.ForEachRow(rows, []any{&id, &username, &named}, func() error {
		if users[named] = username; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return nil
	}); err != nil {
		return "", nil, Explain(err)
	}
	return linkMentions(html, users), ids, nil
}

// linkMentions leaves of the links of mention those to the users, who stand under the names in small letters by which they can be called.
func linkMentions(html string, users map[string]string) string {
	return mentionLink.ReplaceAllStringFunc(html, func(link string) string {
		parts := mentionLink.FindStringSubmatch(link)
		if username, ok := users[strings.ToLower(parts[1])]; ok {
			return `<a href="/users/` + username + `" class="mention"` + parts[2] + ">" + parts[3] + "</a>"
		}
		return parts[3]
	})
}
