import { Heading } from '../parts/heading.tsx'
import { texts } from '../texts/current.ts'

/** For an address that no view has. */
export function NotFound() {
  return (
    <>
      <Heading title={texts.notFound.title}>{texts.notFound.title}</Heading>
      <p>
        {texts.notFound.about((text) => (
          <a href="#/">{text}</a>
        ))}
      </p>
    </>
  )
}
