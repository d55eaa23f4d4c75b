import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'

/** Beside the title of a list: makes one more of what is in it. */
export const AddButton = ({ onClick, children }: { readonly onClick: () => void; readonly children: string }) => (
  <Button leftSection={<IconPlus size={16} />} onClick={onClick}>
    {children}
  </Button>
)
