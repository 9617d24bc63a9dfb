package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// crowd is many open pages that follow, as browsers hold them.
type crowd struct {
	pages []net.Conn
	mark  atomic.Pointer[[]byte] // what is waited for
	mu    sync.Mutex
	at    []time.Time // when a page heard the mark
}

// follow opens all pages, of which the last stuck ones never read what they are told.
func (p *place) follow(tokens []string, stuck int) (*crowd, error) {
	c := &crowd{}
	for n := range livePages {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.port))
		if err != nil {
			return c, err
		}
		c.pages = append(c.pages, conn)
		reads := n < livePages-stuck
		if !reads {
			conn.(*net.TCPConn).SetReadBuffer(4096)
		}
		fmt.Fprintf(conn, "GET /live HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: keep-alive\r\nUser-Agent: %s\r\nAccept: */*\r\n"+
			"Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\nReferer: %s/admin\r\nSec-Fetch-Dest: empty\r\n"+
			"Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\nCookie: postroom=%s\r\n\r\n",
			p.port, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", p.url(), tokens[n/livesEach])
		reader := bufio.NewReaderSize(conn, 1024)
		for line := ""; !strings.HasPrefix(line, ": live"); {
			if line, err = reader.ReadString('\n'); err != nil {
				return c, fmt.Errorf("page %d: %w", n, err)
			}
			if strings.HasPrefix(line, "HTTP/1.1") && !strings.Contains(line, http.StatusText(http.StatusOK)) {
				return c, fmt.Errorf("page %d: %s", n, line)
			}
		}
		if reads {
			go c.read(reader)
		}
	}
	return c, nil
}

// read notes when the page hears each mark for the first time.
func (c *crowd) read(reader *bufio.Reader) {
	var heard *[]byte
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
		if mark := c.mark.Load(); mark != nil && mark != heard && bytes.Contains(line, *mark) {
			heard = mark
			c.mu.Lock()
			c.at = append(c.at, time.Now())
			c.mu.Unlock()
		}
	}
}

func (c *crowd) close() {
	for _, page := range c.pages {
		page.Close()
	}
	c.pages = nil
}

// deliveries tells something ten times, and gives the medians of the times until half and until all of the pages heard it.
func (c *crowd) deliveries(ctx context.Context, conn *pgx.Conn) (half, all time.Duration, err error) {
	var halves, alls []time.Duration
	for n := range 10 {
		time.Sleep(500 * time.Millisecond)
		ref := 1_000_000 + n
		half, all, err := c.waitFor(fmt.Sprintf(`"ref":%d,`, ref), func() error {
			_, err := conn.Exec(ctx, `select tell('mark', $1, null)`, ref)
			return err
		})
		if err != nil {
			return 0, 0, err
		}
		halves, alls = append(halves, half), append(alls, all)
	}
	return median(halves), median(alls), nil
}

// waitFor does something of which all pages hear a line with the mark, and gives the times until half and all of them have.
func (c *crowd) waitFor(words string, do func() error) (half, all time.Duration, err error) {
	mark := []byte(words)
	c.mu.Lock()
	c.at = nil
	c.mu.Unlock()
	c.mark.Store(&mark)
	if err := do(); err != nil {
		return 0, 0, err
	}
	for began, heard := time.Now(), 0; heard < len(c.pages); time.Sleep(time.Millisecond) {
		c.mu.Lock()
		if heard = len(c.at); heard == len(c.pages) {
			half, all = c.at[heard/2].Sub(began), c.at[heard-1].Sub(began)
		}
		c.mu.Unlock()
		if time.Since(began) > 10*time.Second {
			return 0, 0, fmt.Errorf("only %d of %d pages hear", heard, len(c.pages))
		}
	}
	return half, all, nil
}

// cutOff counts those of the last pages whose stream the program ends while they go on not to read. What is sent over a
// connection that the other side has closed is an error the second time.
func (c *crowd) cutOff(stuck int) (ended int) {
	time.Sleep(15 * time.Second)
	last := c.pages[len(c.pages)-stuck:]
	for _, page := range last {
		page.Write([]byte("\r\n"))
	}
	time.Sleep(time.Second)
	for _, page := range last {
		if _, err := page.Write([]byte("\r\n")); err != nil {
			ended++
		}
	}
	return ended
}
