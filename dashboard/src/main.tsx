import { createRoot } from "react-dom/client";
import { App } from "./app";
import { start } from "./store";
import { startTheme } from "./theme";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/pages.css";

startTheme();
start();
const page = document.getElementById("page");
if (page !== null) createRoot(page).render(<App />);
