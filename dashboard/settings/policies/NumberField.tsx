import { NumberInput, type NumberInputProps } from '@mantine/core'
import { useState } from 'react'

type Props = Omit<NumberInputProps, 'value' | 'onChange'> & {
  readonly value: number
  readonly onChange: (value: number) => void
}

/** May be empty while somebody types; a number that was left empty is the one from before. */
export function NumberField({ value, onChange, ...props }: Props) {
  const [text, setText] = useState<string | number | null>(null)
  return (
    <NumberInput
      {...props}
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      value={text ?? value}
      onChange={(said) => {
        setText(said)
        if (typeof said === 'number') onChange(said)
      }}
      onBlur={() => setText(null)}
    />
  )
}
