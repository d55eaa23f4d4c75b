type Props = {
  readonly label: string
  readonly isOn: boolean
  /** Neither on nor off: some of what it stands for is. */
  readonly isPartly?: boolean
  readonly onChange: () => void
}

/** The browser's own box, as there is one in each row. */
export const Tick = ({ label, isOn, isPartly = false, onChange }: Props) => (
  <input
    type="checkbox"
    className="tick"
    aria-label={label}
    checked={isOn}
    onChange={onChange}
    // No attribute of HTML says it.
    ref={(box) => {
      if (box) box.indeterminate = isPartly
    }}
  />
)
