import { Heading } from '../parts/heading.tsx'

/** For an address that no view has. */
export function NotFound() {
  return (
    <>
      <Heading title="Page not found">Page not found</Heading>
      <p>
        There is no page at this address. Check it for a typing error, or{' '}
        <a href="#/">go to the first page</a>.
      </p>
    </>
  )
}
