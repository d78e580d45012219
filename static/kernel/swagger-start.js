// Starts Swagger UI on the description that the page names. A file of its own, since pages run no inline script.
"use strict";
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("swagger-ui");
  window.SwaggerUIBundle({
    url: place.dataset.description,
    domNode: place,
    deepLinking: true,
    docExpansion: "none",
    validatorUrl: null,
    requestInterceptor: (request) => {
      const match = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
      if (match && new URL(request.url, location.href).origin === location.origin) {
        request.headers["X-CSRFToken"] = decodeURIComponent(match[1]);
      }
      return request;
    },
  });
});
