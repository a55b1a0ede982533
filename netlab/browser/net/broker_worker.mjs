// Брокер в своём потоке: страница присылает порт и дальше говорит только по нему.

import { Broker } from "./broker.mjs";

self.onmessage = ({ data }) => {
  self.broker = new Broker(data.port);
};
