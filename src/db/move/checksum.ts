/**
 * The checksum of a table: the sum of the hashes of its rows, so that it does not depend on their
 * order. It finds rows that are missing, doubled or different. Threat: faults, not an attacker who
 * can write to the target.
 */
import { hash } from 'node:crypto'

export interface Checksum {
  readonly rows: number
  /** Modulo 2^128. */
  readonly sum: bigint
}

export const EMPTY: Checksum = { rows: 0, sum: 0n }

const BITS = 128
const HEX_DIGITS = BITS / 4

/** Adds rows, given as the values that the target takes or returns. */
export const withRows = ({ rows, sum }: Checksum, added: readonly (readonly unknown[])[]): Checksum => ({
  rows: rows + added.length,
  sum: BigInt.asUintN(
    BITS,
    added.reduce<bigint>((total, row) => total + hashOf(row), sum),
  ),
})

export const isSame = (one: Checksum, other: Checksum): boolean =>
  one.rows === other.rows && one.sum === other.sum

export const textOf = ({ sum }: Checksum): string => sum.toString(16).padStart(HEX_DIGITS, '0')

const hashOf = (row: readonly unknown[]): bigint =>
  BigInt(`0x${hash('sha256', JSON.stringify(row.map(plain))).slice(0, HEX_DIGITS)}`)

/** The target returns a large number as text. */
function plain(value: unknown): string | boolean | null {
  if (value === null || typeof value === 'boolean') return value
  return Buffer.isBuffer(value) ? value.toString('hex') : String(value)
}
