import type { ComponentProps } from 'react'
import { pictures } from './pictures.data.ts'

type Props = Omit<ComponentProps<'button'>, 'children'> & {
  readonly label: string
  readonly picture: keyof typeof pictures
}

/** A button of a row, with a picture on it: three plain elements, as there are hundreds of them. */
export const IconButton = ({ label, picture, ...rest }: Props) => (
  <button type="button" aria-label={label} {...rest} className="icon-button">
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={pictures[picture]} />
    </svg>
  </button>
)
