from documents.models.document import Document
from documents.models.stored_file import StoredFile
from documents.models.template import Clause, Template, TemplateVersion

__all__ = ["Clause", "Document", "StoredFile", "Template", "TemplateVersion"]
