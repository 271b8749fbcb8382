import type { AnchorHTMLAttributes } from "react";
import { go } from "../router";

// Inside the page; other clicks than the plain one are the browser's.
export function Link({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  return (
    <a
      href={href}
      onClick={(click) => {
        if (click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
        click.preventDefault();
        go(href);
      }}
      {...rest}
    />
  );
}
