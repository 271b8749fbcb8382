import { useEffect } from "react";
import { Link } from "./parts/link";
import { Notice } from "./parts/notice";
import { ConnectionBanner } from "./frame/connection";
import { TopBar } from "./frame/top_bar";
import { useAddress } from "./router";
import { RolloutsPage } from "./pages/rollouts_page";
import { RolloutPage } from "./pages/rollout_page";
import { FleetPage } from "./pages/fleet_page";
import { GuardPage } from "./pages/guard_page";

function Page({ path }: { path: string }) {
  const rollout = /^\/rollouts\/([^/]+)$/.exec(path)?.[1];
  if (rollout !== undefined) return <RolloutPage key={rollout} name={decodeURIComponent(rollout)} />;
  if (path === "/" || path === "/rollouts") return <RolloutsPage />;
  if (path === "/fleet") return <FleetPage />;
  if (path === "/guard") return <GuardPage />;
  return (
    <Notice tone="warn" icon="question" title="There is no such page">
      <Link href="/">All rollouts</Link>
    </Notice>
  );
}

export function App() {
  const { pathname } = useAddress();
  useEffect(() => {
    const name = /^\/rollouts\/([^/]+)$/.exec(pathname)?.[1];
    const place = name ?? (pathname === "/" ? "rollouts" : pathname.slice(1));
    document.title = `${decodeURIComponent(place)} · Haldane`;
  }, [pathname]);
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <TopBar path={pathname} />
      <ConnectionBanner />
      <main id="content" tabIndex={-1}>
        <Page path={pathname} />
      </main>
    </>
  );
}
