import { AppShell, Burger, Button, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'
import { translator } from '../texts.ts'
import icon from '../ui/ostiary.svg'
import { EmptyState } from '../ui/Page.tsx'
import { Find } from './Find.tsx'
import { InboxLink } from './InboxLink.tsx'
import { Navigation } from './Navigation.tsx'
import { Profile } from './Profile.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** What stands around every screen. */
export function Frame() {
  const [isOpen, { toggle, close }] = useDisclosure()
  const pathname = useLocation({ select: (location) => location.pathname })
  // On a telephone the navigation lies over the screen that was just chosen.
  useEffect(() => {
    if (pathname) close()
  }, [pathname, close])
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className="skip" href="#content">
        {t('skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('menu')}
              aria-expanded={isOpen}
            />
            <Link to="/" className="brand" translate="no">
              <img src={icon} alt="" />
              Ostiary
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Find />
            <InboxLink />
            <Profile />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar aria-label={t('navigation')}>
        <Navigation onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

export const NotFound = () => (
  <EmptyState
    title={t('notFound')}
    text={t('notFoundText')}
    action={
      <Button component={Link} to="/">
        {t('toHome')}
      </Button>
    }
  />
)

/** A part of the page did not load (a newer version is served by now), or it has a fault. */
export const Failed = () => (
  <EmptyState
    title={t('failed')}
    text={t('failedText')}
    action={<Button onClick={() => location.reload()}>{t('reload')}</Button>}
  />
)
