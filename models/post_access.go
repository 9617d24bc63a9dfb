package models

import "fmt"

// The conditions of lists, on posts as p: what anyone reads, and what who is signed in reads. An unlisted post stands in none.
// Indexes are made for just these words.
const (
	publicPosts = "p.status = 'published' and p.visibility = 'public'"
	memberPosts = "p.status = 'published' and p.visibility <> 'unlisted'"

	unlistedPosts = "p.status = 'published' and p.visibility = 'unlisted'" // for who may change them
)

// listedTo is the condition of the posts that stand in lists for the reader; nil is a visitor.
func listedTo(by *User) string {
	if by == nil {
		return publicPosts
	}
	return memberPosts
}

// writtenBy is the condition that the user of a parameter wrote the post, as IsAuthor says it.
func writtenBy(user string) string {
	return fmt.Sprintf("(p.user_id = %[1]s or exists (select from post_authors a where a.post_id = p.id and a.user_id = %[1]s))", user)
}

// ErrMembersOnly: who signs in may read it. It is also ErrForbidden.
var ErrMembersOnly = fmt.Errorf("%w: for members only", ErrForbidden)

// CanRead reports whether the user, nil for a visitor, may read the post where its address is known. Drafts and scheduled posts are
// read by who may change them.
func (u *User) CanRead(p *Post) bool {
	return u.CanEdit(p) || p.IsPublished() && (p.Visibility != VisibilityMembers || u != nil)
}
