import t from 'tap'
import { findChromium, WITHOUT_CHROMIUM } from '../support/find-chromium.ts'
import { type Source, titleOf } from './line.ts'
import { startService } from './service.ts'

/** Tests every line of these sources that claims to pass, one after another, against one service. */
export async function testLines(sources: readonly Source[]): Promise<void> {
  const service = await startService(t)
  for (const source of sources) {
    for (const line of source.lines) {
      if (!('passes' in line)) continue
      const skip = line.needs === 'browser' && findChromium() === undefined && WITHOUT_CHROMIUM
      t.test(titleOf(source, line), { skip }, (t) => line.test(t, service))
    }
  }
}
