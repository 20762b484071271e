import type { Source } from './row.ts'
import {
  badInput,
  events,
  failedSignIn,
  foreignPage,
  log,
  missingTables,
  onTheWire,
  outage,
  rateLimits,
  refusals,
  refusedAccess,
  refusedRefresh,
  refusedTokens,
  reuse,
  unforeseen,
} from './tests.ts'

const OPERATORS =
  'The service writes to its standard output. The operator decides where that goes and who reads it.'

export const loggingAndErrors: Source = {
  name: 'ASVS 5.0',
  title: 'OWASP ASVS 5.0, V16 Security Logging and Error Handling',
  rows: [
    {
      at: 'V16.1.1',
      demand: 'L2',
      says: 'There is an inventory of what is logged where, in which form, for whom and how long',
      documented: 'it lists every line of the log, and docs/administration.md every event',
      document: 'docs/data.md',
    },
    {
      at: 'V16.2.1',
      demand: 'L2',
      says: 'A log entry says when, where, who and what',
      passes: 'an event has its time, address, browser, account and session',
      tests: [log.secrets, events.whole],
    },
    {
      at: 'V16.2.2',
      demand: 'L2',
      says: 'Times in logs are in UTC or say their zone, from clocks that agree',
      passes: 'every line has the milliseconds since the Unix epoch, which know no zone',
      tests: [log.lines],
    },
    {
      at: 'V16.2.3',
      demand: 'L2',
      says: 'Logs go only where the inventory says',
      passes: 'the process writes lines to its standard output, and no file beside those of its database',
      tests: [log.lines],
    },
    {
      at: 'V16.2.4',
      demand: 'L2',
      says: 'Logs can be read by machines and put together',
      passes:
        'every line on standard output is one JSON object with level, time and message, and standard error is empty',
      tests: [log.lines],
    },
    {
      at: 'V16.2.5',
      demand: 'L2',
      says: 'Secrets are not logged',
      passes:
        'at the most talkative level there is no password, token, cookie or hash in anything that was logged',
      tests: [log.secrets, onTheWire.notLogged],
    },
    {
      at: 'V16.3.1',
      demand: 'L2',
      says: 'Every authentication is logged, whether it succeeded or not',
      passes: 'registering, signing in, failing, signing out and changing the password are each an event',
      tests: [log.secrets, events.whole],
    },
    {
      at: 'V16.3.1 (tokens)',
      demand: 'L2',
      says: 'Every authentication is logged, whether it succeeded or not',
      passes:
        'a forged token, and a genuine one of a session that has ended, are each an event without a byte of the token',
      tests: [refusedTokens.forged, refusedTokens.ended],
    },
    {
      at: 'V16.3.2',
      demand: 'L2',
      says: 'Refused authorizations are logged',
      passes:
        'a missing permission, and an account that is not theirs, are events that say what was asked for',
      tests: [refusedAccess.events],
    },
    {
      at: 'V16.3.3 (documented events)',
      demand: 'L2',
      says: 'The events that are documented are logged, and attempts to get around controls',
      passes: 'a token that was used twice, a foreign page and a guess that met a pause are each an event',
      tests: [reuse.previous, foreignPage.events, failedSignIn.events],
    },
    {
      at: 'V16.3.3 (limits)',
      demand: 'L2',
      says: 'Attempts to get around the limits are logged',
      passes: 'an address that goes on after a 429 is an event, once a minute',
      tests: [rateLimits.events],
    },
    {
      at: 'V16.3.4',
      demand: 'L2',
      says: 'Unexpected errors are logged',
      passes: 'what went wrong with the database is in the log, with its cause, and not in the answer',
      tests: [unforeseen.logged, missingTables.failsClosed],
    },
    {
      at: 'V16.4.1',
      demand: 'L2',
      says: 'Nothing that comes from outside can forge or break a line of the log',
      passes:
        'quotes, braces and escapes in a host, a path or a browser stay inside one line of JSON, as they came, and no line break comes through',
      tests: [log.lines],
    },
    {
      at: 'V16.4.2',
      demand: 'L2',
      says: 'Logs are protected from reading and from change',
      notApplicable: OPERATORS,
    },
    { at: 'V16.4.3', demand: 'L2', says: 'Logs are sent to another system', notApplicable: OPERATORS },
    {
      at: 'V16.5.1',
      demand: 'L2',
      says: 'What goes wrong is answered with a sentence that tells nothing of the inside',
      passes:
        'neither a broken database nor nonsense brings a stack, a query, a path or a token into an answer',
      tests: [missingTables.failsClosed, badInput.refused, unforeseen.logged],
    },
    {
      at: 'V16.5.2',
      demand: 'L2',
      says: 'The service goes on securely when something that it depends on fails',
      passes: 'without its database it says 503 and when to come back, and takes no cookies away',
      tests: [refusedRefresh.outage, outage.explicit],
    },
    {
      at: 'V16.5.3',
      demand: 'L2',
      says: 'What fails, fails closed',
      passes: 'no caller is let in, registered or given a token while the database cannot be read',
      tests: [missingTables.failsClosed, refusals.noData],
    },
    {
      at: 'V16.5.4',
      demand: 'L3',
      says: 'A last handler catches every other error, logs it, and keeps the process alive',
      passes: 'after all of these failures the same process still answers',
      tests: [missingTables.failsClosed, unforeseen.logged],
    },
  ],
}
