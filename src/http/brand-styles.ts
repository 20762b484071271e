/**
 * The stylesheet that gives the pages the colour of the application.
 *
 * Threat: text cannot be read on the colour, or the setting brings other rules into the stylesheet.
 * Guarantee: each text has a contrast of 4.5 to 1 or more, whatever the colour is. The stylesheet
 * has only colours that are computed here.
 * Source: WCAG 2.2, success criterion 1.4.3 (level AA) and "relative luminance".
 */

/** Red, green and blue, from 0 to 255. */
type Colour = readonly [number, number, number]

/** The backgrounds of the pages, as examples/spa/src/styles/page.css has them. */
const SURFACES = {
  light: { paper: '#faf9f5', raised: '#ffffff' },
  dark: { paper: '#121614', raised: '#191e1b' },
} as const

const MIN_CONTRAST = 4.5
const BLACK: Colour = [0, 0, 0]
const WHITE: Colour = [255, 255, 255]
const TINT_SHARE = 0.12
const STEPS = 50

const colourOf = (hex: string): Colour =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Colour

const hexOf = (colour: Colour): string =>
  `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`

const mixed = (colour: Colour, other: Colour, share: number): Colour =>
  colourOf(
    hexOf(colour.map((part, at) => part + ((other[at] as number) - part) * share) as unknown as Colour),
  )

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as unknown as Colour
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: Colour, other: Colour): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (lighter + 0.05) / (darker + 0.05)
}

/** The colour itself, or the nearest mixture with black or white that can be read everywhere. */
function readable(colour: Colour, backgrounds: readonly Colour[], towards: Colour): Colour {
  let step = 0
  const at = (step: number) => mixed(colour, towards, step / STEPS)
  while (step < STEPS && !backgrounds.every((one) => contrast(at(step), one) >= MIN_CONTRAST)) step += 1
  return at(step)
}

function variables(colour: Colour, scheme: keyof typeof SURFACES): string {
  const [paper, raised] = [colourOf(SURFACES[scheme].paper), colourOf(SURFACES[scheme].raised)]
  const tint = mixed(paper, colour, TINT_SHARE)
  const accent = readable(colour, [paper, raised, tint], scheme === 'light' ? BLACK : WHITE)
  // One of the two always has more than 4.5 to 1.
  const onFill = contrast(colour, BLACK) > contrast(colour, WHITE) ? BLACK : WHITE
  return [
    ['accent', accent],
    ['fill', colour],
    ['on-fill', onFill],
    ['tint', tint],
  ]
    .map(([name, value]) => `--${name as string}: ${hexOf(value as Colour)};`)
    .join(' ')
}

/** @param hex `#rrggbb` */
export function brandStyles(hex: string): string {
  const colour = colourOf(hex)
  return `:root { ${variables(colour, 'light')} }
@media (prefers-color-scheme: dark) {
  :root { ${variables(colour, 'dark')} }
}
`
}
