/** Requests a second, and which programs used the cores meanwhile. */
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const TICK_US = 10_000
/** More than this part of all cores is as good as all. */
const ALL_BUSY = 0.93
/** Programs that are not measured spoil a figure if they use more cores than this. */
const MAX_OTHERS = 0.2

/** Returns requests a second. */
export type Load = () => Promise<number>

export interface Figures {
  readonly rate: number
  /** Cores that the service, its PostgreSQL, the load, and programs that are not measured used. */
  readonly service: number
  readonly postgres: number
  readonly load: number
  readonly others: number
}

/** CPU time of a group, or of a process and its children: fields 4, 5 and 14 to 17 of proc_pid_stat(5). */
function cpuUs(matches: (id: number, parent: number, group: number) => boolean): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (matches(Number(pid), Number(fields[1]), Number(fields[2])))
        ticks += fields
          .slice(11, 15)
          .map(Number)
          .reduce((sum, each) => sum + each, 0)
    } catch {
      // The process has ended.
    }
  }
  return ticks * TICK_US
}

/** CPU time of the whole machine: user, nice and system. */
function machineUs(): number {
  const [, user, nice, system] = readFileSync('/proc/stat', 'utf8').split(/\s+/).map(Number)
  return ((user as number) + (nice as number) + (system as number)) * TICK_US
}

export async function measure(run: Load, service: number, postgres: number | undefined): Promise<Figures> {
  const used = () => [
    cpuUs((_id, _parent, group) => group === service),
    cpuUs((id, parent) => id === postgres || parent === postgres),
    cpuUs((id) => id === process.pid),
    machineUs(),
  ]
  const from = performance.now()
  const before = used()
  const rate = await run()
  const us = (performance.now() - from) * 1_000
  const [ofService, ofPostgres, ofLoad, all] = used().map(
    (each, place) => (each - (before[place] as number)) / us,
  ) as [number, number, number, number]
  // The clock of the machine and those of the processes differ a little.
  const others = Math.max(0, all - ofService - ofPostgres - ofLoad)
  return { rate, service: ofService, postgres: ofPostgres, load: ofLoad, others }
}

export function bottleneck({ service, postgres, load, others }: Figures): string {
  if (others > MAX_OTHERS) return 'other programs: measure again'
  if ((service + postgres + load + others) / availableParallelism() >= ALL_BUSY) return 'all cores are busy'
  if (service >= 0.9 && service <= 1.05) return 'one core of the service'
  return postgres > service ? 'PostgreSQL' : 'waiting: the disk, or the only writer'
}
