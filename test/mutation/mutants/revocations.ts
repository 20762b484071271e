import { mutantsOf } from '../mutant.ts'

const PLACES = ['test/db/sqlite/change-places.test.ts']
const STREAMS = ['test/revocations/streams.test.ts']
const ROUTE = ['test/routes/auth/revocations.test.ts']
const SUBSCRIBER = ['test/verifier/revocations.test.ts']

export const revocations = [
  ...mutantsOf('src/db/sqlite/change-places.ts', PLACES, [
    {
      name: 'places: the place of a replaced file is good',
      from: '[identity, seq, mark, event.id, event.mark]',
      to: '[seq, mark, event.id, event.mark]',
    },
    {
      name: 'places: the number of a change is enough',
      from: '[identity, seq, mark, event.id, event.mark]',
      to: '[identity, seq, event.id, event.mark]',
    },
    {
      name: 'places: a sign-in that a backup lacks is not missed',
      from: '[identity, seq, mark, event.id, event.mark]',
      to: '[identity, seq, mark, event.id]',
    },
    {
      name: 'places: the pruned beginning of a feed is not missed',
      from: 'if (entry === BEGINNING && rows[0] !== undefined && rows[0].seq !== 1) return undefined',
      to: '',
    },
    {
      name: 'places: an unknown place is the newest one',
      from: "place === null ? [] : 'everything'",
      to: '[]',
    },
  ]),
  ...mutantsOf('src/revocations/reader.ts', STREAMS, [
    {
      name: 'streams: a stream joins the others without a last look',
      from: 'const page = await feed.changesAfter(subscription.place)\n      subscription.send(page, pageText(page))',
      to: "const page = { ...(await feed.changesAfter(null)), hasMore: false }\n      subscription.send(page, '')",
    },
  ]),
  ...mutantsOf('src/revocations/subscription.ts', STREAMS, [
    {
      name: 'streams: catching up does not wait for the socket',
      from: '    highWaterMark: HIGH_WATER_BYTES,\n',
      to: '    highWaterMark: 10 * MAX_WAITING_BYTES,\n',
    },
    {
      name: 'streams: what waits for a slow verifier is not bounded',
      from: 'if (readable.readableLength > MAX_WAITING_BYTES) readable.destroy()',
      to: 'if (readable.readableLength > 4 * MAX_WAITING_BYTES) readable.destroy()',
    },
  ]),
  ...mutantsOf('src/revocations/streams.ts', ROUTE, [
    {
      name: 'streams: the stream of a deleted client goes on',
      from: 'if (!(await isRegistered(clientId))) endAll(ofClient)',
      to: 'if (!(await isRegistered(clientId))) continue',
    },
    {
      name: 'streams: those of a client are not counted',
      from: 'ofClient < MAX_STREAMS_OF_CLIENT && ',
      to: '',
    },
    {
      name: 'streams: a verifier goes on although the feed cannot be read',
      from: '    endAll()\n    onOutage(error)',
      to: '    onOutage(error)',
    },
  ]),
  ...mutantsOf('src/verifier/revocations.ts', SUBSCRIBER, [
    {
      name: 'subscriber: is up before it has caught up',
      from: "if (event === 'place') enter('up')",
      to: "enter('up')",
    },
    {
      name: 'subscriber: takes the changes before the first stream for none',
      from: "if (place === undefined) onChange('everything')",
      to: '',
    },
    {
      name: 'subscriber: the place moves before the callback',
      from: 'if (change !== undefined) onChange(change)',
      to: 'if (id !== undefined) place = id\n    if (change !== undefined) onChange(change)',
    },
    { name: 'subscriber: follows a redirect', from: "redirect: 'error'", to: "redirect: 'follow'" },
    {
      name: 'subscriber: does not go on at its place',
      from: "...(place !== undefined && { 'last-event-id': place }),",
      to: '',
    },
  ]),
  ...mutantsOf('src/verifier/revocation-events.ts', SUBSCRIBER, [
    {
      name: 'subscriber: a change that is not understood is none',
      from: "    // Malformed, so not understood either.\n  }\n  return 'everything'",
      to: '    // Malformed, so not understood either.\n  }\n  return undefined',
    },
  ]),
]
