import { Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { translator } from '../texts.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** In the menu of its row: both are dialogs of its page. */
export const EditAndDelete = ({ path }: { readonly path: string }) => (
  <>
    <Menu.Item component={Link} to={path} search={{ open: 'edit' } as never}>
      {t('edit')}
    </Menu.Item>
    <Menu.Item component={Link} to={path} search={{ open: 'delete' } as never} color="red">
      {t('delete')}
    </Menu.Item>
  </>
)
