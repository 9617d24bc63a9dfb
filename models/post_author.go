package models

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// MaxAuthors is how many others a post can be written with.
const MaxAuthors = 10

// IsAuthor reports whether the user wrote the post: it is theirs, or they are one of its co-authors.
func (u *User) IsAuthor(p *Post) bool {
	return u != nil && (u.ID == p.UserID || slices.ContainsFunc(p.Authors, func(a *User) bool { return a.ID == u.ID }))
}

// CanDelete reports whether the user may delete the post, and say who its authors are. A co-author may not.
func (u *User) CanDelete(p *Post) bool { return u != nil && (u.ID == p.UserID || u.IsEditor()) }

// AuthorList is the user names of the co-authors as they are typed, with commas.
func (p *Post) AuthorList() string {
	return strings.Join(p.authorNames(), ", ")
}

func (p *Post) authorNames() []string {
	names := make([]string, len(p.Authors))
	for i, author := range p.Authors {
		names[i] = author.Username
	}
	return names
}

// ParseAuthors reads user names as they are typed: with commas or spaces between.
func ParseAuthors(typed string) []string {
	names := strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\t' || r == '\r' })
	for i, name := range names {
		names[i] = strings.TrimPrefix(name, "@")
	}
	return names
}

// authorsAsJSON selects the co-authors of posts as takeAuthors takes them. A condition on a.post_id follows.
const authorsAsJSON = `jsonb_agg(jsonb_build_object('post', a.post_id, 'id', u.id, 'username', u.username, 'name', u.name) order by a.position, a.id)
	from post_authors a join users u on u.id = a.user_id`

// readAuthors reads the co-authors of the posts: one statement for all of them.
func readAuthors(ctx context.Context, tx statements, posts ...*Post) error {
	if len(posts) == 0 {
		return nil
	}
	ids := make([]int64, len(posts))
	for i, p := range posts {
		ids[i] = p.ID
	}
	var found []byte
	if err := tx.QueryRow(ctx, "select "+authorsAsJSON+" where a.post_id = any($1)", ids).Scan(&found); err != nil {
		return err
	}
	return takeAuthors(found, posts...)
}

// takeAuthors gives the posts their co-authors; nil is none.
func takeAuthors(found []byte, posts ...*Post) error {
	if found == nil {
		return nil
	}
	var authors []struct {
		Post, ID       int64
		Username, Name string
	}
	if err := json.Unmarshal(found, &authors); err != nil {
		return err
	}
	for _, p := range posts {
		for _, a := range authors {
			if a.Post == p.ID {
				p.Authors = append(p.Authors, &User{ID: a.ID, Username: a.Username, Name: a.Name})
			}
		}
	}
	return nil
}

// setAuthors makes these user names the co-authors of the locked post, in this order.
func setAuthors(tx *gorm.DB, by *User, post *Post, names []string) error {
	names = tidyAuthors(names, post.User.Username)
	if slices.EqualFunc(names, post.authorNames(), strings.EqualFold) {
		return nil
	}
	if !by.CanDelete(post) {
		return Invalid{"authors": Say("Only %s says who the authors are.", post.User.Username)}
	}
	if len(names) > MaxAuthors {
		return Invalid{"authors": Say("At most %d others.", MaxAuthors)}
	}
	chosen, err := invited(tx, post, names)
	if err != nil {
		return err
	}
	before, ids := post.authorNames(), []int64{0}
	for i, author := range chosen {
		ids = append(ids, author.ID)
		if err := tx.Exec(`insert into post_authors (post_id, user_id, position, added_by_id) values (?, ?, ?, ?)
			on conflict (post_id, user_id) do update set position = excluded.position`, post.ID, author.ID, i, by.ID).Error; err != nil {
			return err
		}
	}
	if err := tx.Exec("delete from post_authors where post_id = ? and user_id not in ?", post.ID, ids).Error; err != nil {
		return err
	}
	post.Authors = chosen
	return recordPost(tx, kindPostAuthors, by, post, map[string]any{"authors": before}, map[string]any{"authors": post.authorNames()})
}

// tidyAuthors drops who is named twice, and the owner.
func tidyAuthors(names []string, owner string) (tidy []string) {
	for _, name := range names {
		name = strings.TrimSpace(name)
		if name != "" && !strings.EqualFold(name, owner) && !slices.ContainsFunc(tidy, func(other string) bool { return strings.EqualFold(name, other) }) {
			tidy = append(tidy, name)
		}
	}
	return tidy
}

// invited finds the users of the names. Who is deactivated stays where they are, and is not invited anew.
func invited(tx *gorm.DB, post *Post, names []string) ([]*User, error) {
	chosen := make([]*User, 0, len(names))
	for _, name := range names {
		var user User
		if !usernameForm.MatchString(name) {
			return nil, noAuthor(name)
		}
		err := tx.Where("lower(username) = lower(?)", name).First(&user).Error
		if err == gorm.ErrRecordNotFound {
			return nil, noAuthor(name)
		}
		if err != nil {
			return nil, err
		}
		if !user.IsActive && !user.IsAuthor(post) {
			return nil, Invalid{"authors": Say("%s is deactivated.", user.Username)}
		}
		chosen = append(chosen, &user)
	}
	return chosen, nil
}

func noAuthor(name string) error {
	if runes := []rune(name); len(runes) > 50 {
		name = string(runes[:50]) + "…"
	}
	return Invalid{"authors": Say("There is no user %s.", strings.ToValidUTF8(name, "�"))}
}

// LeavePost takes the user off the authors of a post.
func (s *Store) LeavePost(ctx context.Context, by *User, id int64) (*Post, error) {
	var post Post
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		post = Post{} // where the transaction is tried again
		if err := editable(tx, by, id, &post); err != nil {
			return err
		}
		if by.ID == post.UserID || !by.IsAuthor(&post) {
			return ErrForbidden
		}
		before := post.authorNames()
		if err := tx.Exec("delete from post_authors where post_id = ? and user_id = ?", id, by.ID).Error; err != nil {
			return err
		}
		post.Authors = slices.DeleteFunc(post.Authors, func(a *User) bool { return a.ID == by.ID })
		return recordPost(tx, kindPostLeave, by, &post, map[string]any{"authors": before}, map[string]any{"authors": post.authorNames()})
	})
	if err != nil {
		return nil, err
	}
	s.events.changed()
	return &post, nil
}
