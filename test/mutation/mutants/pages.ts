import { mutantsOf } from '../mutant.ts'

const PAGES = ['test/routes/pages/pages.test.ts']
const ERROR_PAGES = ['test/plugins/errors.test.ts']

export const pages = [
  ...mutantsOf('src/http/error-page.ts', PAGES, [
    { name: 'pages: < of the name is HTML', from: "'<': '&lt;'", to: "'<': '<'" },
    { name: 'pages: & of the name begins an entity', from: "'&': '&amp;'", to: "'&': '&'" },
    { name: 'pages: a quote of the name ends an attribute', from: `'"': '&quot;'`, to: `'"': '"'` },
    {
      name: 'pages: a program that names JSON gets a page',
      from: " && !accept.includes('json')",
      to: '',
      tests: ERROR_PAGES,
    },
    {
      name: 'pages: a script gets a page',
      from: "mode === 'navigate' && ",
      to: '',
      tests: ERROR_PAGES,
    },
    {
      name: 'pages: a language that is refused is preferred',
      from: '!(quality > bestQuality)',
      to: '!(quality >= bestQuality)',
      tests: ERROR_PAGES,
    },
  ]),
  ...mutantsOf('plugins/page-files.ts', PAGES, [
    {
      name: 'pages: $& of the name has a meaning',
      from: '() => (hasSettings ? `<title>${escapeHtml(name)}</title>` : TITLE)',
      to: 'hasSettings ? `<title>${escapeHtml(name)}</title>` : TITLE',
    },
    {
      name: 'pages: the title of other pages is replaced',
      from: 'hasSettings ? `<title>',
      to: 'html ? `<title>',
    },
  ]),
  ...mutantsOf('src/http/brand-styles.ts', PAGES, [
    {
      name: 'pages: text on the colour is always white',
      from: 'contrast(colour, BLACK) > contrast(colour, WHITE) ? BLACK : WHITE',
      to: 'WHITE',
    },
    {
      name: 'pages: links are not examined on the tint',
      from: '[paper, raised, tint]',
      to: '[paper, raised]',
    },
    {
      name: 'pages: links are darkened in the dark',
      from: "scheme === 'light' ? BLACK : WHITE",
      to: 'BLACK',
    },
  ]),
]
