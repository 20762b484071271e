import type { Source } from './row.ts'
import { headers, onTheWire, rateLimits, untrusted } from './tests.ts'

const HTTP_1 =
  'The service speaks HTTP/1.1. Where a proxy in front speaks HTTP/2, it is the proxy that this is about.'
const NO_GRAPHQL = 'There is no GraphQL here.'
const NO_WEBSOCKETS = 'There are no WebSockets here.'

export const apiAndWebService: Source = {
  name: 'ASVS 5.0',
  title: 'OWASP ASVS 5.0, V4 API and Web Service',
  rows: [
    {
      at: 'V4.1.1',
      demand: 'L1',
      says: 'Every answer with a body says what it is, with the charset of text',
      passes: 'every kind of answer, and what the pages load, has the type of what it holds, in UTF-8',
      tests: [headers.everyKind, headers.data],
    },
    {
      at: 'V4.1.2',
      demand: 'L2',
      says: 'Only pages redirect from http to https; an API that is asked without TLS does not hide that',
      passes: 'no route redirects, whatever protocol a proxy reports',
      tests: [untrusted.claims, untrusted.redirects],
    },
    {
      at: 'V4.1.3',
      demand: 'L2',
      says: 'Headers that a proxy sets cannot be set by a client',
      passes: 'forwarded addresses, hosts and accounts are believed from trusted proxies alone',
      tests: [rateLimits.forwarded, untrusted.claims],
    },
    {
      at: 'V4.1.4',
      demand: 'L3',
      says: 'Methods that are not offered are refused',
      passes: 'TRACE, PUT, CONNECT, an invented method and a method in a header reach no route',
      tests: [untrusted.methods],
    },
    {
      at: 'V4.1.5',
      demand: 'L3',
      says: 'Highly sensitive messages are signed one by one',
      notApplicable:
        'Requests go from a browser to one service over TLS; there is no system in between to distrust.',
    },
    {
      at: 'V4.2.1',
      demand: 'L2',
      says: 'Where a message ends is decided as its HTTP version has it, so that no request can be smuggled',
      passes:
        'two lengths, a length beside chunks, and strange chunks are refused, and the connection is closed',
      tests: [onTheWire.hidden, onTheWire.refused],
    },
    {
      at: 'V4.2.2',
      demand: 'L3',
      says: 'The length that an answer names is the length that it has',
      passes:
        'on the wire, bodies are as long as their heads say, the next answer follows at once, HEAD names the length that GET has, and 204 names none',
      tests: [onTheWire.lengths],
    },
    {
      at: 'V4.2.3',
      demand: 'L3',
      says: 'HTTP/2 messages carry no connection headers',
      notApplicable: HTTP_1,
    },
    {
      at: 'V4.2.4',
      demand: 'L3',
      says: 'HTTP/2 header fields contain no line breaks',
      notApplicable: HTTP_1,
    },
    {
      at: 'V4.2.5',
      demand: 'L3',
      says: 'Requests that the service makes are not too long for their receivers',
      notApplicable: 'The service makes no requests.',
    },
    { at: 'V4.3.1', demand: 'L2', says: 'GraphQL queries have bounds', notApplicable: NO_GRAPHQL },
    {
      at: 'V4.3.2',
      demand: 'L2',
      says: 'GraphQL does not describe itself in production',
      notApplicable: NO_GRAPHQL,
    },
    { at: 'V4.4.1', demand: 'L1', says: 'WebSockets use TLS', notApplicable: NO_WEBSOCKETS },
    { at: 'V4.4.2', demand: 'L2', says: 'WebSockets check the origin', notApplicable: NO_WEBSOCKETS },
    {
      at: 'V4.4.3',
      demand: 'L2',
      says: 'Tokens made for WebSockets keep the rules of sessions',
      notApplicable: NO_WEBSOCKETS,
    },
    {
      at: 'V4.4.4',
      demand: 'L2',
      says: 'Tokens made for WebSockets come from a session',
      notApplicable: NO_WEBSOCKETS,
    },
  ],
}
