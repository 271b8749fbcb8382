import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon";
import type { Tone } from "../words";

// Says why there is nothing to see, or what is wrong with what there is.
export function Notice(props: { tone: Tone; icon: IconName; title: string; children?: ReactNode; live?: boolean }) {
  return (
    <div className={`notice tone-${props.tone}`} role={props.live === true ? "status" : undefined}>
      <Icon name={props.icon} />
      <div>
        <strong>{props.title}</strong>
        {props.children !== undefined && <div className="notice-text">{props.children}</div>}
      </div>
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div className="loading" role="status">
      Reading {what} …
    </div>
  );
}
