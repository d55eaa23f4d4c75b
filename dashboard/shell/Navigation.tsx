import { Link, useLocation } from '@tanstack/react-router'
import type { MeView } from '../../src/people/schema.ts'
import { type Group, type Screen, screens as table } from '../screens.data.ts'
import { useSession } from '../session/session.tsx'
import { translator } from '../texts.ts'
import type { UrlState } from '../ui/useUrl.ts'
import { OrganizationSwitch } from './OrganizationSwitch.tsx'
import { ProjectSwitch } from './ProjectSwitch.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)
export const screens: readonly Screen[] = table
const groups: readonly Group[] = ['configuration', 'activity', 'people', 'settings']

export const isGroup = (group: Screen['group']): group is Group => group !== undefined && group !== 'top'

/** What somebody with these rights would find something on. */
export const isOffered = ({ right, isForAll, isForOperator }: Screen, me: MeView | null): boolean => {
  if (isForOperator && !me?.operator) return false
  if (right === undefined) return true
  const reach = me?.rights[right]
  return reach === 'all' || (reach === 'own' && !isForAll)
}

export function Navigation({ onGo }: { readonly onGo: () => void }) {
  const { me } = useSession()
  const offered = screens.filter((screen) => screen.group && isOffered(screen, me))
  const inGroup = (group: Screen['group']) => offered.filter((screen) => screen.group === group)
  return (
    <div className="nav-scroll">
      <OrganizationSwitch />
      <ProjectSwitch />
      <ScreenLinks screens={inGroup('top')} onGo={onGo} />
      {groups.map((group) => {
        const own = inGroup(group)
        return (
          own.length > 0 && (
            <section key={group} aria-label={t(group)}>
              <div className="nav-group" aria-hidden>
                {t(group)}
              </div>
              <ScreenLinks screens={own} onGo={onGo} />
            </section>
          )
        )
      })}
    </div>
  )
}

function ScreenLinks({ screens: shown, onGo }: { readonly screens: readonly Screen[]; readonly onGo: () => void }) {
  const pathname = useLocation({ select: (location) => location.pathname })
  const project = useLocation({ select: ({ search }) => (search as UrlState)['project'] })
  const isHere = (path: string) =>
    path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`)
  return shown.map(({ id, path, title }) => (
    <Link
      key={id}
      to={path}
      {...(project ? { search: { project } as never } : {})}
      className="nav-link"
      onClick={onGo}
      {...(isHere(path) ? { 'aria-current': 'page' as const } : {})}
    >
      {t(title)}
    </Link>
  ))
}
