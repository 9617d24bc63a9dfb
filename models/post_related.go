package models

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	maxRelated    = 4
	relatedPerTag = 20    // how many posts of each tag are looked at, so that a tag of a million posts costs what one of a hundred does
	maxShelves    = 2_000 // how many tags are remembered
)

// tagShelf is the newest posts of a tag that stand in lists: for everyone, and for who is signed in.
type tagShelf struct {
	weight float64 // a rare tag says more than a common one
	posts  []*Post
}

// tagShelves remember the shelves of tags until anything that readers see changes: most posts share a few tags with many others.
type tagShelves struct {
	mu         sync.Mutex
	generation uint64
	known      map[shelfKey]tagShelf
}

type shelfKey struct {
	tag     string
	members bool
}

// take returns what is known of the tags in this generation, and forgets what is of an older one.
func (k *tagShelves) take(tags []string, members bool, generation uint64) map[string]tagShelf {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.generation < generation || k.known == nil {
		k.generation, k.known = generation, map[shelfKey]tagShelf{}
	}
	found := map[string]tagShelf{}
	if k.generation == generation {
		for _, tag := range tags {
			if shelf, ok := k.known[shelfKey{tag, members}]; ok {
				found[tag] = shelf
			}
		}
	}
	return found
}

func (k *tagShelves) keep(read map[string]tagShelf, members bool, generation uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.generation != generation {
		return
	}
	if len(k.known) > maxShelves {
		clear(k.known)
	}
	for tag, shelf := range read {
		k.known[shelfKey{tag, members}] = shelf
	}
}

// Related finds the posts that share the most tags with the post, among the newest of each tag that stand in lists for the reader.
// Only what a link to them needs is read.
func (s *Store) Related(ctx context.Context, by *User, post *Post) ([]*Post, error) {
	if len(post.Tags) == 0 {
		return nil, nil
	}
	generation, heard := s.Generation() // before reading: what changes meanwhile makes it stale
	shelves := map[string]tagShelf{}
	if heard {
		shelves = s.shelves.take(post.Tags, by != nil, generation)
	}
	if missing := slices.DeleteFunc(slices.Clone([]string(post.Tags)), func(tag string) bool { _, ok := shelves[tag]; return ok }); len(missing) > 0 {
		read, err := s.tagShelves(ctx, by, missing)
		if err != nil {
			return nil, err
		}
		if heard {
			s.shelves.keep(read, by != nil, generation)
		}
		maps.Copy(shelves, read)
	}
	return mostRelated(post, shelves), nil
}

// mostRelated are the posts that stand on the most shelves; of equal ones the newest.
func mostRelated(post *Post, shelves map[string]tagShelf) []*Post {
	scores := make(map[int64]float64, 3*relatedPerTag)
	var found []*Post
	for _, tag := range post.Tags {
		shelf := shelves[tag]
		for _, p := range shelf.posts {
			if p.ID == post.ID {
				continue
			}
			if scores[p.ID] == 0 {
				found = append(found, p)
			}
			scores[p.ID] += shelf.weight
		}
	}
	slices.SortFunc(found, func(a, b *Post) int {
		return cmp.Or(cmp.Compare(scores[b.ID], scores[a.ID]), b.PublishedAt.Compare(*a.PublishedAt), cmp.Compare(b.ID, a.ID))
	})
	return found[:min(len(found), maxRelated)]
}

// tagShelves reads the shelves of tags.
func (s *Store) tagShelves(ctx context.Context, by *User, tags []string) (map[string]tagShelf, error) {
	newest := func(members string) string {
		return `(select k.post_id, k.published_at from post_tags k where k.tag = g.tag collate "C" and ` + members + ` order by k.published_at desc, k.post_id desc limit $2)`
	}
	places := newest("not k.members")
	if by != nil {
		places = "(" + places + " union all " + newest("k.members") + " order by published_at desc, post_id desc limit $2)"
	}
	rows, err := s.pool.Query(ctx, `select g.tag, coalesce(c.open + c.members, 0), p.id, p.title, p.lang, k.published_at, u.username, u.name
		from unnest($1::text[]) g(tag) left join tag_counts c on c.tag = g.tag collate "C"
		cross join lateral `+places+` k join posts p on p.id = k.post_id join users u on u.id = p.user_id`, tags, relatedPerTag+1) // one more: the post itself
	if err != nil {
		return nil, Explain(err)
	}
	shelves := map[string]tagShelf{}
	for _, tag := range tags {
		shelves[tag] = tagShelf{}
	}
	var tag string
	var count int64
	var p Post
	var published time.Time
	var author User
	_, err = pgx.ForEachRow(rows, []any{&tag, &count, &p.ID, &p.Title, &p.Lang, &published, &author.Username, &author.Name}, func() error {
		shelf := shelves[tag]
		found, writer, at := p, author, published
		found.User, found.PublishedAt = &writer, &at
		shelf.weight, shelf.posts = 1/math.Log(3+float64(max(count, 0))), append(shelf.posts, &found)
		shelves[tag] = shelf
		return nil
	})
	return shelves, Explain(err)
}
