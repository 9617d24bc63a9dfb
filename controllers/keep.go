package controllers

import (
	"bytes"
	"container/list"
	"hash/maphash"
	"html/template"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	keptBytes = 16 << 20         // how much memory the kept pages may take
	maxLately = 2000             // how many pages are remembered as asked for once, twice over
	keptLife  = 30 * time.Second // "today" and "2 minutes ago" grow old even where nothing changes
)

// keptPages are pages as visitors see them, kept in memory until anything that readers see changes.
type keptPages struct {
	mu    sync.Mutex
	pages map[string]*list.Element
	order *list.List // the last used first
	bytes int

	// What was asked for lately and not kept yet, by hash. A page is kept when it is asked for a second time: of a million
	// posts, most are read once in a while, and keeping each would only push out the ones that are read all the time.
	seed        maphash.Seed
	lately, old map[uint64]struct{}
}

type keptPage struct {
	key        string
	generation uint64
	until      time.Time
	body       []byte
	lang       string

	// Of a document alone.
	etag     string
	modified time.Time
}

func newKeptPages() *keptPages {
	return &keptPages{pages: map[string]*list.Element{}, order: list.New(), seed: maphash.MakeSeed(), lately: map[uint64]struct{}{}}
}

const (
	keyKeep       = "keep"
	keyGeneration = "keep generation"
)

// keep answers visitors from memory. A browser with a session, whoever it is, gets its page made for it.
func (a *App) keep(c *gin.Context) {
	if _, err := c.Request.Cookie(a.cookieName()); err == nil || len(c.Request.URL.RawQuery) > 100 {
		return
	}
	// The generation is read before the page is made: what changes meanwhile makes it stale.
	generation, ok := a.Store.Generation()
	if !ok {
		return
	}
	lang := a.language(c)
	key := lang.Tag + " " + c.Request.URL.RequestURI()
	page := a.kept.get(key, generation, time.Now())
	if page == nil {
		if a.kept.again(key) {
			c.Set(keyKeep, key)
			c.Set(keyGeneration, generation)
		}
		return
	}
	header := c.Writer.Header()
	header.Set("Cache-Control", "private, no-cache")
	header["Vary"] = varyPage
	header.Set("Content-Language", page.lang)
	a.answer(c, http.StatusOK, page.body)
	c.Abort()
}

var varyPage = []string{"Cookie", "Accept-Language"}

// keepPage keeps a page that keep asked for.
func (a *App) keepPage(c *gin.Context, status int, body []byte) {
	key := c.GetString(keyKeep)
	if key == "" || status != http.StatusOK || c.Request.Method != http.MethodGet {
		return
	}
	a.kept.put(&keptPage{key: key, generation: c.GetUint64(keyGeneration), until: time.Now().Add(keptLife), body: bytes.Clone(body), lang: a.language(c).Tag})
}

// showKept is show for a page whose content is the same for everyone who is signed in with one language and time zone: the
// content is kept, and only the frame around it is made for each. Visitors get the whole page from memory before it comes
// to this.
func (a *App) showKept(c *gin.Context, window string, frame H, make func() (H, error)) error {
	lang, zone := a.language(c), me(c).Location(a.Zone)
	generation, ok := a.Store.Generation()
	key := strings.Join([]string{"content", window, lang.Tag, zone.String(), strconv.FormatBool(me(c) != nil), c.Request.URL.RawQuery}, " ")
	if page := a.kept.get(key, generation, time.Now()); ok && page != nil {
		frame["Content"] = template.HTML(page.body)
		return a.show(c, http.StatusOK, window, frame)
	}
	values, err := make()
	if err != nil {
		return err
	}
	maps.Copy(values, frame)
	if ok && len(c.Request.URL.RawQuery) <= 100 {
		var content bytes.Buffer
		a.furnish(c, lang, values)
		if err := a.windows.RenderContent(&content, lang, window, values); err != nil {
			return err
		}
		a.kept.put(&keptPage{key: key, generation: generation, until: time.Now().Add(keptLife), body: content.Bytes(), lang: lang.Tag})
		values["Content"] = template.HTML(content.Bytes())
	}
	return a.show(c, http.StatusOK, window, values)
}

// again reports whether the page was asked for lately, and notes that it is now.
func (k *keptPages) again(key string) bool {
	hash := maphash.String(k.seed, key)
	k.mu.Lock()
	defer k.mu.Unlock()
	_, lately := k.lately[hash]
	_, before := k.old[hash]
	if !lately {
		if len(k.lately) == maxLately {
			k.old, k.lately = k.lately, make(map[uint64]struct{}, maxLately)
		}
		k.lately[hash] = struct{}{}
	}
	return lately || before
}

func (k *keptPages) get(key string, generation uint64, now time.Time) *keptPage {
	k.mu.Lock()
	defer k.mu.Unlock()
	element := k.pages[key]
	if element == nil {
		return nil
	}
	page := element.Value.(*keptPage)
	if page.generation != generation || now.After(page.until) {
		k.remove(element)
		return nil
	}
	k.order.MoveToFront(element)
	return page
}

func (k *keptPages) put(page *keptPage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.pages[page.key]; old != nil {
		k.remove(old)
	}
	k.pages[page.key] = k.order.PushFront(page)
	k.bytes += len(page.body)
	for k.bytes > keptBytes {
		k.remove(k.order.Back())
	}
}

func (k *keptPages) remove(element *list.Element) {
	page := k.order.Remove(element).(*keptPage)
	delete(k.pages, page.key)
	k.bytes -= len(page.body)
}
