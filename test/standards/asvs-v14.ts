import type { Source } from './row.ts'
import {
  account,
  data,
  deviceCookie,
  fileModes,
  headers,
  inTheBrowser,
  log,
  pages,
  pruning,
  sessionList,
  signIn,
  untrusted,
  upkeep,
} from './tests.ts'

export const dataProtection: Source = {
  name: 'ASVS 5.0',
  title: 'OWASP ASVS 5.0, V14 Data Protection',
  rows: [
    {
      at: 'V14.1.1',
      demand: 'L2',
      says: 'Sensitive data is listed and classified',
      passes: 'docs/data.md has every column of every table, each with one of three levels',
      tests: [data.columns],
    },
    {
      at: 'V14.1.2',
      demand: 'L2',
      says: 'Each class of data has documented rules: encryption, retention, logging, access',
      documented:
        'for each level it names the readers, the log and the storage, and for each column the time that it is kept',
      document: 'docs/data.md',
    },
    {
      at: 'V14.2.1',
      demand: 'L1',
      says: 'Secrets travel in bodies and headers, never in an address',
      passes: 'a token in the query opens nothing, and no route takes a password or a token from it',
      tests: [untrusted.tokens],
    },
    {
      at: 'V14.2.2',
      demand: 'L2',
      says: 'Sensitive data is not kept by caches on the way',
      passes: 'what only some may read says no-store, and what sets cookies says private besides',
      tests: [headers.notCached],
    },
    {
      at: 'V14.2.3',
      demand: 'L2',
      says: 'Sensitive data is not given to others, such as trackers',
      passes: 'pages may connect to this origin only',
      tests: [pages.ownOrigin],
    },
    {
      at: 'V14.2.4',
      demand: 'L2',
      says: 'The documented rules for each class of data are carried out',
      passes:
        'secret data is in no answer and no log line; personal data is read by its owner and by administrators',
      tests: [data.secrets, log.secrets, fileModes.owners],
    },
    {
      at: 'V14.2.5',
      demand: 'L3',
      says: 'Caches keep only what they should; what is not there is not answered with something else',
      passes: 'an address that looks like a file is not answered with what is before it',
      tests: [untrusted.files],
    },
    {
      at: 'V14.2.6',
      demand: 'L3',
      says: 'Answers hold the least of sensitive data that is needed',
      passes: 'an account and a session are shown with these fields and no others',
      tests: [account.fields, sessionList.listed],
    },
    {
      at: 'V14.2.7',
      demand: 'L3',
      says: 'Data is deleted when it is no longer needed',
      passes: 'sessions that are over and events older than EVENTS_TTL are pruned, and what is not stays',
      tests: [pruning.sessions, pruning.events, upkeep.prune],
    },
    {
      at: 'V14.2.8',
      demand: 'L3',
      says: 'Metadata of files that people upload is removed',
      notApplicable: 'There are no uploads.',
    },
    {
      at: 'V14.3.1',
      demand: 'L1',
      says: 'What a browser kept of a person is cleared when the session ends',
      passes:
        'after signing out in a page, neither the page nor any storage nor a cookie holds name, address or session',
      tests: [inTheBrowser.keepsNothing],
    },
    {
      at: 'V14.3.2',
      demand: 'L2',
      says: 'Browsers are told not to keep sensitive data',
      passes: 'what a signed-in person reads says no-store',
      tests: [headers.notCached],
    },
    {
      at: 'V14.3.3',
      demand: 'L2',
      says: 'Browsers store no sensitive data but session tokens',
      passes: 'there are three cookies, all of them tokens, and none holds name or address',
      tests: [signIn.cookies, deviceCookie.tellsNothing],
    },
  ],
}
