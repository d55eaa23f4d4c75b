import { Fragment, type ReactNode } from 'react'

/** `null` leaves one out. */
export type Fact = readonly [label: string, value: ReactNode] | null

/** What is known of one thing: word and value. */
export const Facts = ({ of }: { readonly of: readonly Fact[] }) => (
  <dl className="facts">
    {of.map(
      (fact) =>
        fact && (
          <Fragment key={fact[0]}>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </Fragment>
        ),
    )}
  </dl>
)
