import type { ReactNode } from 'react'

/** The ground and the letters of each are in ui.css, with enough contrast in both schemes. */
export type MarkColor = 'blue' | 'gray' | 'green' | 'yellow' | 'orange' | 'red' | 'violet'
type Props = {
  readonly color: MarkColor
  /** Beside a text instead of in a cell of its own. */
  readonly isSmall?: boolean
  readonly children: ReactNode
}

/**
 * A word on a coloured ground. A plain element, as all that stands in rows: a list has hundreds of them, and the library's
 * cost many times as much to draw (docs/performance.md).
 */
export const Mark = ({ color, isSmall, children }: Props) => (
  <span className="mark" data-color={color} data-small={isSmall || undefined}>
    {children}
  </span>
)
