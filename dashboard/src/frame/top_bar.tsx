import { useState, useSyncExternalStore } from "react";
import { Icon } from "../parts/icon";
import { Link } from "../parts/link";
import { useStore } from "../store";
import { currentTheme, onTheme, toggleTheme } from "../theme";
import { LiveIndicator } from "./connection";
import { SignIn } from "./sign_in";

const PAGES = [
  { href: "/", name: "Rollouts" },
  { href: "/fleet", name: "Fleet" },
  { href: "/guard", name: "Guard" },
];

function ThemeButton() {
  const theme = useSyncExternalStore(onTheme, currentTheme);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button className="plain" title={`Change to ${other}`} aria-label={`Change to ${other}`} onClick={toggleTheme}>
      <Icon name={theme === "dark" ? "sun" : "moon"} />
    </button>
  );
}

export function TopBar({ path }: { path: string }) {
  const identity = useStore((state) => state.identity);
  const [signIn, setSignIn] = useState(false);
  const who = identity?.principal;
  return (
    <header className="top">
      <Link href="/" className="brand">
        <img src="/icon.svg" alt="" width="22" height="22" />
        Haldane
      </Link>
      <nav aria-label="Pages">
        {PAGES.map((page) => (
          <Link
            key={page.href}
            href={page.href}
            aria-current={path === page.href || (page.href === "/" && path.startsWith("/rollouts")) ? "page" : undefined}
          >
            {page.name}
          </Link>
        ))}
      </nav>
      <div className="top-end">
        <LiveIndicator />
        <button className="plain who" title="Who you are to the controller" onClick={() => setSignIn(true)}>
          <Icon name="person" />
          <span>
            {who === undefined ? "not known" : who.name}
            {who !== undefined && <small> {who.role}</small>}
          </span>
        </button>
        <ThemeButton />
      </div>
      {signIn && <SignIn close={() => setSignIn(false)} />}
    </header>
  );
}
